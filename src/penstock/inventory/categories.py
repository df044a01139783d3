"""Which categories a product is in, as controls see it (spec 21 §4.3)."""

from __future__ import annotations

# From the categories of each product, and of the standard product of a variant, up to the top of the tree; clients
# can make a ring of parents, so there is an end.
CATEGORIES = """
WITH RECURSIVE up AS (
  SELECT c.ref AS catalogue, p.ref AS product, j.category_id AS id,
         CASE WHEN j.product_id = p.id THEN 0 ELSE 1 END AS distance
  FROM product_catalogue c JOIN product p ON p.catalogue_id = c.id
  JOIN product_category j ON j.product_id IN (p.id, p.product_id)
  WHERE c.ref = ANY($1::text[]) AND p.ref = ANY($2::text[])
  UNION
  SELECT u.catalogue, u.product, k.parent_category_id, u.distance + 1
  FROM up u JOIN category k ON k.id = u.id WHERE k.parent_category_id IS NOT NULL AND u.distance < 50
)
SELECT u.catalogue, u.product, k.ref FROM up u JOIN category k ON k.id = u.id
GROUP BY u.catalogue, u.product, k.ref ORDER BY min(u.distance), k.ref"""

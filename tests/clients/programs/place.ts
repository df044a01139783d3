// Where Penstock is, what the tests put into it, and what every client must find there.

import assert from "node:assert/strict";
import type { GoodsFragment, OneOrderQuery, OrdersPageQuery, OrdersPageQueryVariables } from "../generated/penstock.ts";

const { PENSTOCK_URL, PENSTOCK_TOKEN, PENSTOCK_RETAILER, PENSTOCK_ORDERS, PENSTOCK_TYPE } = process.env;

export const url = `${PENSTOCK_URL}/graphql`;
export const headers = { Authorization: `Bearer ${PENSTOCK_TOKEN}` };
export const retailer = { id: `${PENSTOCK_RETAILER}` };
export const type = `${PENSTOCK_TYPE}`;
export const orders = Number(PENSTOCK_ORDERS);

/** What createCustomer wants of a new person. */
export const person = (username: string) => ({
  username,
  firstName: "Ana",
  primaryEmail: `${username}@example.com`,
  timezone: "UTC",
  promotionOptIn: false,
  retailer,
  attributes: [{ name: "sizes", type: "JSON", value: { shoe: 41.5, tops: ["M", "L"] } }],
});

type Page = NonNullable<OrdersPageQuery["orders"]>;
type Fetch = (variables: OrdersPageQueryVariables) => Promise<OrdersPageQuery | undefined>;

export const edges = (page: Page | null | undefined) => (page?.edges ?? []).filter((edge) => edge !== null);
export const ref = (edge: ReturnType<typeof edges>[number]) => edge.node?.ref;

/** Page through the orders in both directions, 7 at a time, by the cursors of the outermost edges. */
export async function pageBothWays(fetch: Fetch): Promise<void> {
  const forwards = await pages((cursor) => fetch({ type, first: 7, after: cursor }), "hasNextPage", -1);
  const backwards = await pages((cursor) => fetch({ type, last: 7, before: cursor }), "hasPreviousPage", 0);
  assert.equal(new Set(forwards.flat()).size, orders);
  assert.deepEqual(backwards.reverse().flat(), forwards.flat());
}

async function pages(
  fetch: (cursor: string | null) => Promise<OrdersPageQuery | undefined>,
  more: "hasNextPage" | "hasPreviousPage",
  outermost: 0 | -1,
) {
  const found: (string | null | undefined)[][] = [];
  for (let cursor: string | null = null, last = false; !last; ) {
    const page: OrdersPageQuery["orders"] | undefined = (await fetch(cursor))?.orders;
    assert.ok(page?.pageInfo && edges(page).length, "a page has members as long as the one before said so");
    found.push(edges(page).map(ref));
    cursor = edges(page).at(outermost)?.cursor ?? null;
    last = !page.pageInfo[more];
    assert.ok(found.length <= orders, "paging comes to an end");
  }
  return found;
}

/** Check the order C-3, whose items show the interfaces: what they share, and what only a variant has. */
export function checkOrder(found: OneOrderQuery["order"] | undefined): void {
  assert.ok(found?.createdOn && found.id);
  assert.deepEqual([found.ref, found.status, found.totalPrice], ["C-3", "CREATED", 19.5]);
  assert.equal(found.workflowRef, `ORDER::${type}`);
  const goods = new Map(found.items?.edges?.map((edge) => [edge?.node?.quantity, edge?.node?.product]));
  checkGoods(goods.get(1), goods.get(2));
}

function checkGoods(plain: GoodsFragment | undefined, variant: GoodsFragment | undefined): void {
  assert.ok(plain && variant);
  assert.deepEqual([plain.ref, plain.name, plain.attributes, "product" in plain], ["TEE", "Tee", null, false]);
  assert.equal(variant.workflowRef, "PRODUCT_CATALOGUE::MASTER");
  assert.equal(variant.attributes?.[0]?.value, "red");
  assert.ok("product" in variant);
  assert.deepEqual([variant.product?.ref, variant.product?.id], ["TEE", plain.id]);
}

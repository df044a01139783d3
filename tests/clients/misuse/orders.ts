// Programs that a compiler has to refuse, at the lines that say so and nowhere else.

import type { OneOrderQuery, OneOrderQueryVariables, OrdersPageQueryVariables } from "../generated/penstock.ts";

export const unnamed: OneOrderQueryVariables = {}; // wrong: a ref is required
export const numbered: OneOrderQueryVariables = { ref: 5 }; // wrong: a ref is a text
export const single: OrdersPageQueryVariables = { type: ["HD"], first: "10" }; // wrong: a page's size is a number
export const right: OrdersPageQueryVariables = { type: ["HD"], first: 10, after: null };

export function read({ order }: OneOrderQuery): unknown[] {
  const unchecked = order.ref; // wrong: there may be no such order
  const price: string | null | undefined = order?.totalPrice; // wrong: prices are numbers
  const unasked = order?.customer; // wrong: not asked for
  const [edge] = order?.items?.edges ?? [];
  const parent = edge?.node?.product.product; // wrong: only variants have one
  const status: string | null | undefined = edge?.node?.product.status;
  return [unchecked, price, unasked, parent, status];
}

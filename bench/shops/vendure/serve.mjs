// Vendure as it comes, on PostgreSQL: stock is tracked, none may be sold below zero, and it is allocated when an order
// is paid, to the one place that there is. Makes its tables and its only product, then says that the shop is open.
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootstrap, DefaultLogger, dummyPaymentHandler, LogLevel } from "@vendure/core";
import { populate } from "@vendure/core/cli/index.js";

const { CONNECTIONS, DATABASE_URL, PORT } = process.env;
const config = {
  apiOptions: { port: Number(PORT), hostname: "127.0.0.1", cors: { origin: ["http://localhost"], credentials: true } },
  authOptions: { tokenMethod: "bearer", superadminCredentials: { identifier: "bench", password: "bench" } },
  dbConnectionOptions: { type: "postgres", url: DATABASE_URL, synchronize: true, extra: { max: Number(CONNECTIONS) } },
  paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
  logger: new DefaultLogger({ level: LogLevel.Warn }),
};
const card = { code: dummyPaymentHandler.code, arguments: [{ name: "automaticSettle", value: "true" }] };
const shop = {
  defaultLanguage: "en",
  defaultZone: "UK",
  countries: [{ name: "United Kingdom", code: "GB", zone: "UK" }],
  taxRates: [{ name: "Standard", percentage: 20 }],
  shippingMethods: [{ name: "Standard", price: 500 }],
  paymentMethods: [{ name: "card", handler: card }],
  collections: [],
};
const product = {
  name: "Last",
  slug: "last",
  description: "",
  assets: "",
  facets: "",
  optionGroups: "",
  optionValues: "",
  sku: "LAST",
  price: 10,
  taxCategory: "standard",
  stockOnHand: 1,
  trackInventory: true,
  variantAssets: "",
  variantFacets: "",
};
const products = join(tmpdir(), `penstock-bench-vendure-${process.pid}.csv`);
writeFileSync(products, [Object.keys(product), Object.values(product)].join("\n"));
await populate(() => bootstrap(config), shop, products);
console.log("The shop is open");

// A shop that delivers one product from one location, for which stock is managed and no backorder allowed.
const { Modules, ContainerRegistrationKeys } = require("@medusajs/framework/utils");
const flows = require("@medusajs/medusa/core-flows");

const COUNTRY = "gb";
const CURRENCY = "gbp";

exports.default = async function seed({ container }) {
  const link = container.resolve(ContainerRegistrationKeys.LINK);
  const run = async (name, input) => (await flows[name](container).run({ input })).result;

  const [channel] = await run("createSalesChannelsWorkflow", { salesChannelsData: [{ name: "Web" }] });
  const [region] = await run("createRegionsWorkflow", {
    regions: [{ name: "UK", currency_code: CURRENCY, countries: [COUNTRY], payment_providers: ["pp_system_default"] }],
  });
  await run("createTaxRegionsWorkflow", [{ country_code: COUNTRY, provider_id: "tp_system" }]);
  const [key] = await run("createApiKeysWorkflow", {
    api_keys: [{ title: "Web", type: "publishable", created_by: "" }],
  });
  await run("linkSalesChannelsToApiKeyWorkflow", { id: key.id, add: [channel.id] });

  const [place] = await run("createStockLocationsWorkflow", {
    locations: [{ name: "Leeds", address: { address_1: "1 Dock Street", city: "Leeds", country_code: COUNTRY } }],
  });
  await run("linkSalesChannelsToStockLocationWorkflow", { id: place.id, add: [channel.id] });
  const [profile] = await run("createShippingProfilesWorkflow", { data: [{ name: "Default", type: "default" }] });
  const set = await container.resolve(Modules.FULFILLMENT).createFulfillmentSets({
    name: "Delivery",
    type: "shipping",
    service_zones: [{ name: "UK", geo_zones: [{ type: "country", country_code: COUNTRY }] }],
  });
  const here = { [Modules.STOCK_LOCATION]: { stock_location_id: place.id } };
  await link.create({ ...here, [Modules.FULFILLMENT]: { fulfillment_provider_id: "manual_manual" } });
  await link.create({ ...here, [Modules.FULFILLMENT]: { fulfillment_set_id: set.id } });
  const [option] = await run("createShippingOptionsWorkflow", [
    {
      name: "Standard",
      price_type: "flat",
      provider_id: "manual_manual",
      service_zone_id: set.service_zones[0].id,
      shipping_profile_id: profile.id,
      type: { label: "Standard", description: "By post", code: "standard" },
      prices: [{ currency_code: CURRENCY, amount: 5 }],
      rules: [
        { attribute: "enabled_in_store", value: "true", operator: "eq" },
        { attribute: "is_return", value: "false", operator: "eq" },
      ],
    },
  ]);

  await run("createProductsWorkflow", {
    products: [
      {
        title: "Last",
        status: "published",
        shipping_profile_id: profile.id,
        sales_channels: [{ id: channel.id }],
        options: [{ title: "Size", values: ["One"] }],
        variants: [
          {
            title: "One",
            sku: "LAST",
            options: { Size: "One" },
            manage_inventory: true,
            allow_backorder: false,
            prices: [{ currency_code: CURRENCY, amount: 10 }],
          },
        ],
      },
    ],
  });
  const [item] = await container.resolve(Modules.INVENTORY).listInventoryItems({ sku: "LAST" });
  await run("createInventoryLevelsWorkflow", {
    inventory_levels: [{ location_id: place.id, inventory_item_id: item.id, stocked_quantity: 1 }],
  });
};

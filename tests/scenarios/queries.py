"""The GraphQL documents that scenarios send."""

CREATE_NETWORK = """mutation ($input: CreateNetworkInput) { createNetwork(input: $input) { id ref } }"""
NETWORK = """query ($ref: String) { network(ref: $ref) { id } }"""
CREATE_LOCATION = """mutation ($input: CreateLocationInput) { createLocation(input: $input) { id } }"""
CREATE_PRODUCT = """mutation ($input: CreateStandardProductInput) { createStandardProduct(input: $input) { id } }"""
CREATE_CUSTOMER = """mutation ($input: CreateCustomerInput) { createCustomer(input: $input) { id } }"""
CREATE_SETTING = """mutation ($input: CreateSettingInput) { createSetting(input: $input) { id } }"""
CREATE_ORDER = """mutation ($input: CreateOrderInput) {
  createOrder(input: $input) { id ref status createdOn workflowRef workflowVersion } }"""
LOCATIONS = """query ($ref: [String]) { locations(ref: $ref) { edges { node { id status } } } }"""
UPDATE_SETTING = """mutation ($input: UpdateSettingInput) { updateSetting(input: $input) { id } }"""
SETTINGS = """query ($name: [String], $id: [Int!]) {
  settings(name: $name, contextId: $id) { edges { node { id value } } } }"""
CREATE_USER = """mutation ($input: CreateUserInput) { createUser(input: $input) { id } }"""
CREATE_RETAILER = """mutation ($input: CreateRetailerInput) { createRetailer(input: $input) { id ref } }"""
CREATE_CATALOGUE = """mutation ($input: CreateProductCatalogueInput) {
  createProductCatalogue(input: $input) { id } }"""
UPDATE_LOCATION = """mutation ($input: UpdateLocationInput) { updateLocation(input: $input) { id } }"""
PRODUCT = """query ($ref: String!, $in: ProductCatalogueKey!) { standardProduct(ref: $ref, catalogue: $in) { id } }"""
CUSTOMER = """query { customers(username: "ana") { edges { node { id } } } }"""
POSITION = """query ($ref: String!, $in: InventoryCatalogueKey!) {
  inventoryPosition(ref: $ref, catalogue: $in) { ref status onHand productRef locationRef updatedOn
    quantities(first: 500) { edges { node { ref type quantity status updatedOn } } } } }"""
VIRTUAL = """query ($ref: String!, $in: VirtualCatalogueKey!) {
  virtualPosition(ref: $ref, catalogue: $in) { quantity groupRef status updatedOn } }"""
CREATE_GROUP = """mutation ($input: CreateControlGroupInput) { createControlGroup(input: $input) { id } }"""
CREATE_CONTROL = """mutation ($input: CreateControlInput) { createControl(input: $input) { id status } }"""
UPDATE_CONTROL = """mutation ($input: UpdateControlInput) { updateControl(input: $input) { id status } }"""
CREATE_VIRTUAL = """mutation ($input: CreateVirtualCatalogueInput) { createVirtualCatalogue(input: $input) { id } }"""
VIRTUAL_CATALOGUE = "query ($ref: String!) { virtualCatalogue(ref: $ref) { id } }"
CREATE_VIRTUAL_POSITION = (
    """mutation ($input: CreateVirtualPositionInput) { createVirtualPosition(input: $input) { id } }"""
)
UPDATE_VIRTUAL_POSITION = (
    """mutation ($input: UpdateVirtualPositionInput) { updateVirtualPosition(input: $input) { id } }"""
)
UPDATE_VIRTUAL = """mutation ($input: UpdateVirtualCatalogueInput) { updateVirtualCatalogue(input: $input) { id } }"""
CREATE_CATEGORY = """mutation ($input: CreateCategoryInput) { createCategory(input: $input) { id } }"""
UPDATE_PRODUCT = """mutation ($input: UpdateStandardProductInput) { updateStandardProduct(input: $input) { id } }"""
ORDER = """query ($ref: [String]) { orders(ref: $ref, first: 2) { edges { node {
  id ref status workflowRef workflowVersion createdOn
  items(first: 5) { edges { node { id ref quantity } } }
  fulfilmentChoice { deliveryAddress { latitude longitude } }
  fulfilments(first: 10) { edges { node {
    id ref status type expiryTime createdOn fromAddress { ref } attributes { name value }
    items(first: 5) { edges { node {
      id requestedQuantity filledQuantity rejectedQuantity orderItem { id ref product { ref } } } } }
    articles(first: 5) { edges { node { id ref type status height weight
      items(first: 5) { edges { node { quantity } } }
      consignmentArticles(first: 2) { edges { node { consignment { id status labelUrl } } } } } } }
  } } } } } } }"""

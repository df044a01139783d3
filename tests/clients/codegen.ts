import type { CodegenConfig } from "@graphql-codegen/cli";

const { PENSTOCK_URL, PENSTOCK_TOKEN } = process.env;

const config: CodegenConfig = {
  schema: [{ [`${PENSTOCK_URL}/graphql`]: { headers: { Authorization: `Bearer ${PENSTOCK_TOKEN}` } } }],
  documents: "documents/*.graphql",
  config: { useTypeImports: true, enumsAsTypes: true, scalars: { DateTime: "string", Json: "unknown" } },
  generates: {
    "generated/penstock.ts": { plugins: ["typescript-operations", "typed-document-node"] },
    "generated/schema.ts": { plugins: ["typescript"] },
  },
};

export default config;

// Medusa on PostgreSQL, as one server: then its own locks, events and workflows in memory are exact. The locks in
// PostgreSQL that its documentation has for several servers keep a connection for each buyer who waits; with 200 of
// them its pool is empty, and most completions end in timeouts.
const { defineConfig } = require("@medusajs/framework/utils");

module.exports = defineConfig({
  admin: { disable: true },
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { connection: { ssl: false }, pool: { min: 0, max: Number(process.env.CONNECTIONS) } },
    http: {
      storeCors: "http://localhost",
      adminCors: "http://localhost",
      authCors: "http://localhost",
      jwtSecret: "bench",
      cookieSecret: "bench",
    },
  },
});

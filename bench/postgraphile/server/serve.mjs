// PostGraphile as its documentation has it run in production: the preset "amber" behind Grafserv's adaptor for
// Node's own HTTP server, statements prepared, no GraphiQL, no watching, no explaining, and no settings that would
// wrap reads in transactions. Writes the port that it listens on.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makeJSONPgSmartTagsPlugin } from "postgraphile/utils";

// The one relation of the measured documents that has no foreign key in the database.
const relations = makeJSONPgSmartTagsPlugin({
  version: 1,
  config: { class: { order_item: { tags: { foreignKey: "(product_id) references product (id)" } } } },
});

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [relations],
  pgServices: [
    makePgService({
      connectionString: process.env.DATABASE_URL,
      schemas: ["public"],
      pubsub: false,
      // As many connections as Penstock has, with the same settings.
      poolConfig: { max: Number(process.env.CONNECTIONS), options: "-c jit=off -c TimeZone=UTC" },
    }),
  ],
  grafserv: { graphiql: false, watch: false, websockets: false },
  grafast: { explain: false },
});

const server = createServer();
await instance.createServ(grafserv).addTo(server);
await instance.getSchema();
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

// `npm run build`: builds what is stale; names as arguments build only those (server, bundle, cloud, gateway, fleet, app).
import { checkNode, ensureBuilt, ensureInstalled } from './setup.mjs';

checkNode();
await ensureInstalled();
const only = process.argv.slice(2);
await ensureBuilt(only.length > 0 ? only : undefined);

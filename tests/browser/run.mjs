// Stories in a real browser. `node tests/browser/run.mjs [part of a name]`; SHOTS=folder keeps pictures.
import { run } from "./harness.mjs";
import "./accounts.mjs";
import "./pages.mjs";
import "./way.mjs";
import "./work.mjs";
import "./operation.mjs";
import "./shelf.mjs";
import "./letter.mjs";
import "./clock.mjs";
import "./dossier.mjs";
import "./history.mjs";
import "./council.mjs";

process.exit(await run());

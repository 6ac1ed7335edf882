// Khronos' validator on glTF files: node validate_gltf.cjs FILE...
// Prints one JSON line for each: how many errors and warnings, and what they say.
const { readFileSync } = require("node:fs");
const { validateBytes } = require("gltf-validator");

(async () => {
  for (const file of process.argv.slice(2)) {
    const { issues } = await validateBytes(new Uint8Array(readFileSync(file)));
    const said = issues.messages.filter(({ severity }) => severity < 2);
    console.log(JSON.stringify({
      errors: issues.numErrors,
      warnings: issues.numWarnings,
      said: said.slice(0, 5).map(({ code, message, pointer }) => `${code} ${pointer}: ${message}`),
    }));
  }
})();

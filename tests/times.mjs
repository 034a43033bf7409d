// Runs the whole suite and writes its times into tests/README.md: by project, and the twenty longest tests.
//   node tests/times.mjs           after dotnet build Functions.sln
//   node tests/times.mjs --list    prints, by the last such run, a line for each project: its name, and a filter for the thirty longest tests of the suite and for all tests of several processes
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const results = path.join(root, "artifacts", "times");
const page = path.join(root, "tests", "README.md");
const [begin, end] = ["<!-- written by tests/times.mjs -->", "<!-- as far as here -->"];
const longest = 20;
const repeated = 30;

const attribute = (element, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(element)?.[1] ?? "";
const text = (value) => value.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&apos;", "'").replaceAll("&amp;", "&");
const seconds = (duration) => duration.split(":").reduce((all, part) => all * 60 + Number(part), 0);

function read() {
  return fs.readdirSync(results).filter((f) => f.endsWith(".trx")).map((file) => {
    const trx = fs.readFileSync(path.join(results, file), "utf8");
    const times = /<Times [^>]*>/.exec(trx)[0];
    const project = path.basename(path.dirname(path.dirname(attribute(/<UnitTest [^>]*>/.exec(trx)[0], "storage"))));
    const tests = [...trx.matchAll(/<UnitTestResult [^>]*>/g)].map(([test]) => ({
      name: text(attribute(test, "testName")),
      seconds: seconds(attribute(test, "duration")),
      outcome: attribute(test, "outcome"),
    }));
    return { project: projects().find((p) => p.toLowerCase() === project) ?? project, tests, seconds: (Date.parse(attribute(times, "finish")) - Date.parse(attribute(times, "start"))) / 1000 };
  });
}

const projects = () => fs.readdirSync(path.join(root, "tests"));

const slowest = (runs, count) => runs.flatMap((r) => r.tests.map((t) => ({ ...t, project: r.project }))).sort((a, b) => b.seconds - a.seconds).slice(0, count);

function measure() {
  fs.rmSync(results, { recursive: true, force: true });
  const began = performance.now();
  const run = spawnSync("dotnet", ["test", "Functions.sln", "--no-build", "--logger", "trx", "--results-directory", results], { cwd: root, stdio: "inherit" });
  const all = (performance.now() - began) / 1000;
  if (run.status !== 0) {
    process.exit(1);
  }
  const runs = read().sort((a, b) => b.seconds - a.seconds);
  const count = (outcome) => runs.reduce((sum, r) => sum + r.tests.filter((t) => t.outcome === outcome).length, 0);
  const machine = `${os.cpus().length} cores (${os.cpus()[0].model.trim()}), ${new Date().toISOString().slice(0, 10)}`;
  const table = [
    `\`dotnet test Functions.sln --no-build\`: **${Math.round(all)} s**, ${count("Passed")} passed, ${count("NotExecuted")} skipped; ${machine}. Two projects run at a time.`,
    "",
    "| project | tests | s |",
    "| --- | --- | --- |",
    ...runs.map((r) => `| ${r.project} | ${r.tests.length} | ${r.seconds.toFixed(1)} |`),
    "",
    "| longest test | s |",
    "| --- | --- |",
    ...slowest(runs, longest).map((t) => `| ${t.name.replace(/^PerCall\.(Functions\.Tests\.|EndToEnd\.|Hosting\.Tests\.)?/, "").replaceAll("|", "\\|").slice(0, 130)} | ${t.seconds.toFixed(1)} |`),
  ];
  const before = fs.readFileSync(page, "utf8");
  fs.writeFileSync(page, `${before.slice(0, before.indexOf(begin) + begin.length)}\n${table.join("\n")}\n${before.slice(before.indexOf(end))}`);
}

function list() {
  const runs = read();
  const names = new Map(runs.map((r) => [r.project, new Set()]));
  slowest(runs, repeated).forEach((t) => names.get(t.project).add(t.name.replace(/\(.*/s, "")));
  const severalProcesses = (project) => spawnSync("grep", ["-rlq", "--include=*.cs", 'Trait("Processes", "several")', path.join(root, "tests", project)]).status === 0;
  for (const [project, tests] of names) {
    const filter = [...[...tests].map((t) => `FullyQualifiedName~${t}`), ...(severalProcesses(project) ? ["Processes=several"] : [])].join("|");
    if (filter) {
      console.log(`${project} ${filter}`);
    }
  }
}

process.argv.includes("--list") ? list() : measure();

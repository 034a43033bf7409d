// Runs the commands of the README, docs/first-steps.md and CONTRIBUTING.md in a fresh clone, pasted without a change, as a newcomer would.
// Exits with 1 if a command fails or its answer differs from what the page says.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";

const root = path.resolve(import.meta.dirname, "..");
const demoKey = "pc_live_0123456789abcdef_abcdefghijklmnopqrstuvwxyz234567";
const adminKey = "pc_admin_for-tests-only-0123456789";
const startPatience = 240_000;
const stopPatience = 30_000;

// The calls of each page, in the order in which it shows them: what each answer has to hold.
const expected = [
  ["README.md", "a picture", /"predictions":\[\{"label":"Ankle boot"/],
  ["docs/first-steps.md", "a text", /"predictions":\[\{"label":"spam"/],
  ["docs/first-steps.md", "a row", /"predictions":\[\{"label":"(leaves|stays)"/],
  ["docs/first-steps.md", "a customer", /"basis":"user","recommendations":\[\{"item":"[a-z]+-[0-9]+"/],
  ["docs/first-steps.md", "a stranger", /"basis":"history","recommendations":\[\{"item":"[a-z]+-[0-9]+"/],
  ["docs/first-steps.md", "a batch", /^id,text,label,score,predictions\r?\n1,You have WON! [^,]*,spam,0\.99.*\r?\n2,The meeting is at ten,ham,0\.9.*\r?\n$/],
  ["docs/first-steps.md", "the usage", /"data":\[\{"operation":"batch"/],
  ["docs/first-steps.md", "the invoice", /^$/],
];
const pages = ["README.md", "docs/first-steps.md", "CONTRIBUTING.md"];

const isFree = (port) =>
  new Promise((resolve) => {
    const server = net.createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });

async function freePorts(count) {
  for (;;) {
    // Below the ports that the system gives to outgoing connections (from 32,768).
    const first = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) {
      return first;
    }
  }
}

const lines = [];
let child;

async function main(folder) {
  const clone = path.join(folder, "percall");
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${root}`, clone]);
  const shown = pages.flatMap((page) =>
    [...fs.readFileSync(path.join(clone, page), "utf8").matchAll(/```sh\n(.*?)```/gs)].map((m) => ({ page, command: m[1].trim() })),
  );
  const starts = shown.filter((s) => s.command.startsWith("dotnet run --project src/PerCall.Functions"));
  check(starts.length === 1 && starts[0].page === "README.md", `${starts.length} commands start the service; the README has the only one.`);
  check(shown.some((s) => s.page === "CONTRIBUTING.md" && s.command === "dotnet test Functions.sln"), "CONTRIBUTING.md does not show how to run the tests.");

  const port = await freePorts(4);
  // The build of the clone takes nothing over from this one.
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(MSBUILD|VSTEST)/i.test(name)));
  // The analyzers have seen the same sources in the build of the solution.
  const environment = { ...inherited, RunAnalyzers: "false", PERCALL_DEMO_KEY: demoKey, PERCALL_ADMIN_KEY: adminKey };
  child = spawn("sh", ["-c", `exec ${starts[0].command}`], {
    cwd: clone,
    env: {
      ...environment,
      ASPNETCORE_URLS: `http://localhost:${port}`,
      // An Azurite that a developer runs on its own ports is left alone.
      PerCall__Hosting__DevelopmentStoragePort: `${port + 1}`,
      PerCall__Models__CacheFolder: path.join(folder, "cache"),
    },
    stdio: ["pipe", "pipe", "pipe"],
    // A group of its own, so that a failure ends all of it.
    detached: true,
  });
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const ready = await printedCall(ended);
  check(lines.some((l) => l.trim() === `export PERCALL_DEMO_KEY=${demoKey}`), "The service does not print the demo tenant's key.");
  check(run(folder, ready, environment).includes('"label":"Ankle boot"'), "The call that the service prints does not recognise the boot.");

  const calls = shown.filter((s) => /^(curl|printf) /.test(s.command) && !s.command.includes("my-model.zip"));
  check(calls.length === expected.length, `The pages show ${calls.length} calls; this script knows ${expected.length}.`);
  calls.forEach((call, i) => {
    const [page, what, pattern] = expected[i];
    check(call.page === page, `${page} does not show ${what} in its place; ${call.page} shows: ${call.command}`);
    const answer = run(clone, call.command.replaceAll("localhost:7071", `localhost:${port}`), environment);
    check(pattern.test(answer), `The answer to ${what} is not as ${page} says: ${answer}`);
    console.log(`readme: ${what}`);
  });
  check(fs.readFileSync(path.join(clone, "invoice.html"), "utf8").includes("images.classify"), "The invoice has no line for pictures.");

  child.kill("SIGTERM");
  const code = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, stopPatience, "no end").unref())]);
  check(code === 0 || code === null || code === 143, `The service ended with ${code} after SIGTERM.`);
  check(lines.some((l) => l.includes("Started Azurite")), "The service does not say that it starts Azurite.");
  const left = await Promise.all([1, 2, 3].map((i) => isFree(port + i)));
  check(left.every(Boolean), "Azurite outlives the service.");
}

function printedCall(ended) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("The service is not ready within its time.")), startPatience);
    // By lines: what the pipe brings at once may end within one.
    const look = (line) => {
      lines.push(line);
      if (line.trimStart().startsWith("curl ")) {
        clearTimeout(timer);
        resolve(line.trim());
      }
    };
    readline.createInterface({ input: child.stdout }).on("line", look);
    readline.createInterface({ input: child.stderr }).on("line", look);
    ended.then((code) => reject(new Error(`The service ended with ${code} before it was ready.`)));
  });
}

function run(cwd, command, env) {
  const result = spawnSync("sh", ["-c", command], { cwd, env, encoding: "utf8", timeout: 120_000 });
  check(result.status === 0, `${command}\nended with ${result.status}: ${result.stderr}`);
  return result.stdout;
}

function check(holds, message) {
  if (!holds) {
    throw new Error(message);
  }
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "percall-readme-"));
try {
  await main(folder);
} catch (error) {
  console.error(`readme: ${error.message}\n${lines.slice(-60).join("\n")}`);
  process.exitCode = 1;
} finally {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended, or was never started.
  }
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
}

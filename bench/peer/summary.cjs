// Times the summary that @imranq2/fhirpatientsummary makes of a bundle: the
// processor time of one, in milliseconds, with what its collector spends on
// other threads, and how many resources it took up. What it tells the console
// is none of its work, and is not printed.
const { readFileSync } = require("fs");
const { join } = require("path");
const say = console.log;
for (const method of ["log", "info", "warn", "debug"]) console[method] = () => {};
// The package names a file for `import` that it does not contain.
const { ComprehensiveIPSCompositionBuilder } = require(join(__dirname, "node_modules/@imranq2/fhirpatientsummary/dist/index.cjs"));

const text = readFileSync(process.argv[2], "utf8");
const times = Number(process.argv[3]);

async function summary() {
	const builder = new ComprehensiveIPSCompositionBuilder();
	await builder.readBundleAsync(JSON.parse(text), "Europe/London");
	return builder.buildBundleAsync("bench", "Benchmark", "https://bench.example/fhir", "Europe/London");
}

(async () => {
	for (let i = 0; i < times / 2; i++) await summary();
	let made;
	const before = process.cpuUsage();
	for (let i = 0; i < times; i++) made = await summary();
	const spent = process.cpuUsage(before);
	say((spent.user + spent.system) / 1000 / times, made.entry.length);
})();

// Ends with 0 where node is new enough for the tools that build the page, else with 1.
const [major, minor] = process.versions.node.split(".").map(Number);
process.exitCode = major > 20 || (major === 20 && minor >= 19) ? 0 : 1;

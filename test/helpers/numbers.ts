export { relativeError } from "../../src/workbench/numbers";

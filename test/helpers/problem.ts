export * from "../../src/workbench/problem";

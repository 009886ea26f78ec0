// A module of its own: loaded when a kubeconfig is read, with the names as its users write them.
export { parse } from "yaml";

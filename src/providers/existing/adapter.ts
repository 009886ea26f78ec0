import * as pulumi from "@pulumi/pulumi";
import type { ClusterProvider } from "../contract.js";
import { existingReport } from "./report.js";

/**
 * A cluster that is there already. Nothing of it is created or changed; what it
 * gives is read from it while the program runs, in a preview too.
 */
export const existingProvider = {
  target: "existing",

  // What can be wrong with the options themselves is wrong on every target;
  // the rest shows when the cluster is looked at, before anything is created.
  check: () => [],

  provision({ spec }) {
    const { kubeconfig, context, identity, timeoutSeconds = 10 } = spec.existing;
    const observed = pulumi
      .all([pulumi.secret(kubeconfig), context, spec.kubernetesVersion])
      .apply(async ([text, name, kubernetesVersion]) => {
        // Loaded when used: a stack on another target pays nothing for it.
        const { observeExisting } = await import("./observe.js");
        return observeExisting({ kubeconfig: text, context: name, kubernetesVersion, timeoutSeconds });
      });
    // Secret is the kubeconfig, not what was seen through it.
    const facts = pulumi.unsecret(observed);
    return {
      kubeconfig: pulumi.secret(observed.kubeconfig),
      endpoint: facts.endpoint,
      version: facts.version,
      identity: identity === undefined ? facts.identity : pulumi.output(identity),
      capabilities: facts.capabilities,
      report: existingReport(spec, facts),
      simulatedNodes: facts.simulatedNodes,
    };
  },
} satisfies ClusterProvider;

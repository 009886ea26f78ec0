import * as pulumi from "@pulumi/pulumi";

/**
 * The administrator's kubeconfig as JSON, which is YAML too and which everybody
 * can read without a parser of its own; kubeadm writes YAML. Secret.
 */
export function asJson(kubeconfig: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.secret(
    kubeconfig.apply(async (text) => {
      if (text.trimStart().startsWith("{")) return text;
      const { parse } = await import("./parse-yaml.js");
      return `${JSON.stringify(parse(text))}\n`;
    }),
  );
}

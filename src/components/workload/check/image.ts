import type { Problem } from "../../../core/problems.js";

// Source: github.com/distribution/reference, the grammar in its package comment.
const component = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*";
const imagePattern = new RegExp(
  `^(?:(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\\d{1,5})?)/)?${component}(?:/${component})*(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>[a-z0-9]+:[a-fA-F0-9]{32,}))?$`,
);

/** An image must mean the same thing tomorrow as today. */
export function checkImage(path: string, image: string): Problem[] {
  const groups = imagePattern.exec(image)?.groups;
  if (groups === undefined) {
    return [
      {
        code: "image/invalid",
        path,
        value: image,
        why: "is not an image reference",
        fix: 'write it as "registry/repository:tag", in lower case',
      },
    ];
  }
  const { tag, digest } = groups;
  if (digest !== undefined) return [];
  if (tag === undefined) {
    return [
      {
        code: "image/no-tag",
        path,
        value: image,
        why: "has no tag, which means whatever is newest when a node pulls it",
        fix: "add the tag of a release, or a digest",
      },
    ];
  }
  if (tag === "latest") {
    return [
      {
        code: "image/latest",
        path,
        value: image,
        why: "the tag latest means something else on every pull, so pods of one workload can differ",
        fix: "name the tag of a release, or a digest",
      },
    ];
  }
  return [];
}

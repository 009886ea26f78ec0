import fc from "fast-check";
import { expect, it } from "vitest";
import { listEtcdMembers, parseHealth, parseMembers, removeEtcdMember } from "../../../src/onprem/facts/etcd.js";
import { framed, remoteThat } from "./fixtures.js";

// As etcd 3.6 answers; the second member was added and has not started.
const answer = JSON.stringify({
  header: { cluster_id: "14841639068965178418", member_id: "10276657743932975437", raft_term: "2" },
  members: [
    {
      ID: "10276657743932975437",
      name: "cp1",
      peerURLs: ["https://10.0.0.5:2380"],
      clientURLs: ["https://10.0.0.5:2379"],
    },
    { ID: "255", peerURLs: ["https://10.0.0.6:2380"], isLearner: true },
    {
      ID: "4096",
      name: "cp3",
      peerURLs: ["https://10.0.0.7:2380"],
      clientURLs: ["https://10.0.0.7:2379", "https://$(id)"],
    },
  ],
});

const health = framed({
  begun: "",
  "health https://10.0.0.5:2379": '{"health":"true","reason":""}',
  "health https://10.0.0.7:2379": '{"health":"false","reason":"RAFT NO LEADER"}',
  ended: "",
});

it("lists every member with its id in hexadecimal, and whether it answers", async () => {
  const { remote, asked } = remoteThat([answer, health]);
  expect(await listEtcdMembers(remote)).toEqual([
    { id: "8e9e05c52164694d", name: "cp1", peerUrl: "https://10.0.0.5:2380", learner: false, healthy: true },
    { id: "ff", name: "", peerUrl: "https://10.0.0.6:2380", learner: true, healthy: false },
    { id: "1000", name: "cp3", peerUrl: "https://10.0.0.7:2380", learner: false, healthy: false },
  ]);
  expect(asked[1]?.args).toEqual(["https://10.0.0.5:2379", "https://10.0.0.7:2379"]);
});

it.each([
  "",
  "{}",
  "[]",
  '{"members":[]}',
  '{"members":[{}]}',
  '{"members":[{"ID":"x"}]}',
  `{"members":[{"ID":"${2n ** 64n}"}]}`,
])("does not take %j for a list of members", async (text) => {
  await expect(listEtcdMembers(remoteThat([text]).remote)).rejects.toThrow("no list of its members");
});

it("never throws on what etcd answers", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => `{"members":[${json}]}`),
      ),
      (text) => {
        parseMembers(text);
        parseHealth(text);
      },
    ),
  );
});

it("removes a member by its number", async () => {
  const { remote, asked } = remoteThat(['{"header":{}}\n200']);
  await removeEtcdMember(remote, "8e9e05c52164694d");
  expect(asked[0]?.args).toEqual(["10276657743932975437"]);
});

it("takes a member that is out already for removed", async () => {
  await removeEtcdMember(remoteThat(['{"code":5,"message":"etcdserver: member not found"}\n404']).remote, "ff");
});

it("tells why etcd does not remove one", async () => {
  const refused = '{"code":14,"message":"etcdserver: unhealthy cluster"}\n503';
  await expect(removeEtcdMember(remoteThat([refused]).remote, "ff")).rejects.toThrow(
    /member ff was not removed: etcd refused with HTTP 503.*unhealthy cluster/,
  );
  await expect(removeEtcdMember(remoteThat(["\n000"]).remote, "ff")).rejects.toThrow(/not answer.*without a quorum/);
  await expect(removeEtcdMember(remoteThat([]).remote, "ff; id")).rejects.toThrow("no id of an etcd member");
});

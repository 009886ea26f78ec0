import { expect, test } from "vitest";
import { addressInEtcd } from "../../../src/onprem/engine/member-address.js";
import { etcdMember, nodeSpec } from "../fixtures.js";

const [cp1, cp2] = [nodeSpec("cp1"), nodeSpec("cp2")];
const etcd = [etcdMember(cp1), etcdMember(cp2)];

test("a member leaves at its own address, also when a host at another one takes its name", () => {
  const moved = nodeSpec("cp1", { host: { ...cp1.host, address: "10.1.0.9" } });
  expect(addressInEtcd(etcd, "cp1", moved)).toBe("10.1.0.1");
});

test("one that nobody describes any more leaves at the address that etcd knows", () => {
  expect(addressInEtcd(etcd, "cp2", undefined)).toBe("10.1.0.2");
});

test("one that never started has no name: it leaves at its node's address, or at the one that it is called by", () => {
  const added = etcdMember(nodeSpec("cp4"), { name: "", learner: true, healthy: false });
  expect(addressInEtcd([...etcd, added], "cp4", nodeSpec("cp4"))).toBe("10.1.0.4");
  expect(addressInEtcd([...etcd, added], "10.1.0.4", undefined)).toBe("10.1.0.4");
});

test("what etcd does not know is at its node's address, or nowhere", () => {
  expect(addressInEtcd(etcd, "cp3", nodeSpec("cp3"))).toBe("10.1.0.3");
  expect(addressInEtcd(etcd, "cp3", undefined)).toBeUndefined();
});

/** Types that rules of several files name. */
export const networkToken = "gcp:compute/network:Network";
export const subnetToken = "gcp:compute/subnetwork:Subnetwork";
export const routerToken = "gcp:compute/router:Router";
export const natToken = "gcp:compute/routerNat:RouterNat";
export const firewallToken = "gcp:compute/firewall:Firewall";
export const addressToken = "gcp:compute/address:Address";
export const accountToken = "gcp:serviceaccount/account:Account";
export const accountMemberToken = "gcp:serviceaccount/iAMMember:IAMMember";
export const projectMemberToken = "gcp:projects/iAMMember:IAMMember";
export const serviceToken = "gcp:projects/service:Service";
export const ringToken = "gcp:kms/keyRing:KeyRing";
export const keyToken = "gcp:kms/cryptoKey:CryptoKey";
export const keyMemberToken = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember";
export const clusterToken = "gcp:container/cluster:Cluster";
export const poolToken = "gcp:container/nodePool:NodePool";

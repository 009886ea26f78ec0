import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import type * as pulumi from "@pulumi/pulumi";
import { compact } from "../../core/compact.js";
import type { LoadBalancerRules, TolerationRule } from "../../providers/contract.js";

/** The chart whose controller looks after gateways, the same on every target that isokube equips. */
export const gatewayChart = "envoy-gateway";

/** Name of the gateway class, and of what says which load balancers its gateways get. */
const className = "isokube";

/** What the proxies of every gateway must have, beyond what the controller gives them. */
export interface GatewayNeeds {
  /** What their Services say. */
  readonly loadBalancer?: LoadBalancerRules | undefined;
  /** What their pods tolerate. */
  readonly tolerations?: readonly TolerationRule[] | undefined;
}

/**
 * The gateway class, once the controller is installed. Where the cloud must be
 * told what load balancer is meant, the class tells it for every gateway.
 */
export function createGatewayClass(
  name: string,
  namespace: string,
  needs: GatewayNeeds,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const labels = { "app.kubernetes.io/managed-by": "isokube" };
  const kubernetes = proxiesWith(needs);
  const proxies =
    Object.keys(kubernetes).length === 0
      ? []
      : [
          new CustomResource(
            `${name}-gateway-proxies`,
            {
              apiVersion: "gateway.envoyproxy.io/v1alpha1",
              kind: "EnvoyProxy",
              metadata: { name: className, namespace, labels },
              spec: { provider: { type: "Kubernetes", kubernetes } },
            },
            options,
          ),
        ];
  const parametersRef = { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: className, namespace };
  const gatewayClass = new CustomResource(
    `${name}-gateway-class`,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: className, labels },
      spec: {
        controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
        ...(proxies.length === 0 ? {} : { parametersRef }),
      },
    },
    proxies.length === 0 ? options : { ...options, dependsOn: proxies },
  );
  return [...proxies, gatewayClass];
}

function proxiesWith({ loadBalancer, tolerations }: GatewayNeeds) {
  return {
    ...(loadBalancer === undefined ? {} : { envoyService: serviceOf(loadBalancer) }),
    ...(tolerations === undefined ? {} : { envoyDeployment: { pod: { tolerations } } }),
  };
}

interface EnvoyService {
  readonly type: "LoadBalancer";
  readonly loadBalancerClass?: string;
  readonly annotations: LoadBalancerRules["annotations"];
}

function serviceOf(loadBalancer: LoadBalancerRules): EnvoyService {
  return compact<EnvoyService>({
    type: "LoadBalancer",
    loadBalancerClass: loadBalancer.class,
    annotations: loadBalancer.annotations,
  });
}

param name string
param location string
param tags { *: string }

@description('Of the network, /24 or wider.')
param range string

resource network 'Microsoft.Network/virtualNetworks@2024-07-01' = {
  name: 'vnet-${name}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [range]
    }
  }

  // Flex Consumption and Container Apps want the same delegation. /25: an instance takes an address.
  resource compute 'subnets' = {
    name: 'compute'
    properties: {
      addressPrefix: cidrSubnet(range, 25, 0)
      delegations: [
        {
          name: 'app'
          properties: {
            serviceName: 'Microsoft.App/environments'
          }
        }
      ]
    }
  }

  resource endpoints 'subnets' = {
    name: 'endpoints'
    dependsOn: [compute]
    properties: {
      addressPrefix: cidrSubnet(range, 27, 4)
      privateEndpointNetworkPolicies: 'Enabled'
    }
  }
}

output networkId string = network.id
output computeId string = network::compute.id
output endpointsId string = network::endpoints.id

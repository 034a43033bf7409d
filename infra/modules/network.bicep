param name string
param location string
param tags { *: string }

@description('Of the network, /24 or wider.')
param range string

@description('A NAT gateway with one public address, by which the compute subnet reaches the internet.')
param fixedAddress bool

resource address 'Microsoft.Network/publicIPAddresses@2024-07-01' = if (fixedAddress) {
  name: 'pip-${name}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Regional'
  }
  properties: {
    publicIPAllocationMethod: 'Static'
    publicIPAddressVersion: 'IPv4'
  }
}

resource gateway 'Microsoft.Network/natGateways@2024-07-01' = if (fixedAddress) {
  name: 'ng-${name}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    idleTimeoutInMinutes: 4
    publicIpAddresses: [{ id: address.id }]
  }
}

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
      natGateway: fixedAddress ? { id: gateway.id } : null
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
output fixedAddress string = fixedAddress ? address!.properties.ipAddress : ''

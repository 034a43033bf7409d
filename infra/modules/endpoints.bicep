param name string
param location string
param tags { *: string }
param networkId string
param subnetId string
param targets {
  @description('Of the endpoint.')
  name: string
  @description('What of the resource: blob, queue, table, vault, account.')
  group: string
  id: string
  zone: string
}[]

@description('The zones of the targets, each once: blobs of two accounts have one. Given, because a preview cannot tell equal names that Azure makes.')
param zoneNames string[]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in zoneNames: {
    name: zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, i) in zoneNames: {
    parent: zones[i]
    name: 'link-${name}'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: networkId
      }
    }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-07-01' = [
  for (target, i) in targets: {
    name: 'pe-${name}-${target.name}'
    location: location
    tags: tags
    properties: {
      subnet: {
        id: subnetId
      }
      privateLinkServiceConnections: [
        {
          name: target.group
          properties: {
            privateLinkServiceId: targets[i].id
            groupIds: [target.group]
          }
        }
      ]
    }
  }
]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-07-01' = [
  for (target, i) in targets: {
    parent: endpoints[i]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: target.group
          properties: {
            privateDnsZoneId: zones[indexOf(zoneNames, target.zone)].id
          }
        }
      ]
    }
  }
]

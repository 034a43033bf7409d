using System.Text.Json.Nodes;

namespace PerCall.Infrastructure.Tests;

/// <summary>What would be made.</summary>
internal sealed class Deployment(JsonObject snapshot)
{
    public const string Subscription = "00000000-0000-0000-0000-000000000001";

    public const string ResourceGroup = "percall";

    private const string Group = $"/subscriptions/{Subscription}/resourceGroups/{ResourceGroup}";

    public IReadOnlyList<Resource> Resources { get; } = [.. snapshot["predictedResources"]!.AsArray().Select(
        r => new Resource(r!.AsObject()))];

    public JsonObject Outputs { get; } = snapshot["outputs"]?.AsObject() ?? [];

    public IEnumerable<Resource> OfType(string type) => Resources.Where(r => r.Type == type);

    public Resource Single(string type) => OfType(type).Single();

    /// <summary>The account of what must go, and of the host.</summary>
    public Resource Transient => Storage("st");

    /// <summary>The account of what must be kept.</summary>
    public Resource Kept => Storage("sk");

    /// <summary>The parts of a storage account: its containers, its policies.</summary>
    public IEnumerable<Resource> OfType(string type, Resource account) =>
        OfType(type).Where(r => r.Name.StartsWith($"{account.Name}/", StringComparison.Ordinal));

    /// <summary>The last parts of the names of a storage account's parts.</summary>
    public IEnumerable<string> Names(string type, Resource account) =>
        OfType(type, account).Select(r => r.Name.Split('/')[^1]).Order(StringComparer.Ordinal);

    /// <summary>The last parts of the names of resources of a type.</summary>
    public IEnumerable<string> Names(string type) => OfType(type).Select(r => r.Name.Split('/')[^1]).Order(StringComparer.Ordinal);

    /// <summary>
    /// What the service is told, whichever host it runs on. The values that are known beforehand; of the others the expressions.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings => OfType("Microsoft.Web/sites/config").SingleOrDefault() is { } config
        ? config.Properties.ToDictionary(p => p.Key, p => (string)p.Value!)
        : Single("Microsoft.App/containerApps")["template"]!["containers"]![0]!["env"]!.AsArray().ToDictionary(
            e => (string)e!["name"]!, e => (string?)e!["value"] ?? $"secret {e["secretRef"]}");

    /// <summary>Days after which a rule removes events that could not be delivered.</summary>
    public int DeadLetterDays => (int)OfType("Microsoft.Storage/storageAccounts/managementPolicies", Transient).Single()
        ["policy"]!["rules"]!.AsArray().Single(r => (string?)r!["name"] == "expire-dead-letters")!
        ["definition"]!["actions"]!["baseBlob"]!["delete"]!["daysAfterModificationGreaterThan"]!;

    /// <summary>Who may do what where.</summary>
    public IEnumerable<Grant> Grants => OfType("Microsoft.Authorization/roleAssignments").Select(r => new Grant(
        Who((string)r["principalId"]!),
        ((string)r["roleDefinitionId"]!).Split('/')[^1],
        Scope(r.Id)[Group.Length..]["/providers/".Length..]));

    /// <summary>The id of an assignment to whoever deploys is known when it is made; before, the resource alone.</summary>
    private static string Scope(string id) =>
        id.StartsWith("[extensionResourceId('", StringComparison.Ordinal) ? id.Split('\'')[1]
            : id.Split("/providers/Microsoft.Authorization/")[0];

    private Resource Storage(string prefix) =>
        OfType("Microsoft.Storage/storageAccounts").Single(a => a.Name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>An identity is known by its id when it is made; before, by the module that makes it.</summary>
    private static string Who(string principal) => principal switch
    {
        _ when principal.Contains("format('identity-{0}'", StringComparison.Ordinal) => "service",
        _ when principal.Contains("format('topic-{0}'", StringComparison.Ordinal) => "topic",
        _ when principal.Contains("/Microsoft.Logic/workflows/logic-stop-", StringComparison.Ordinal) => "stopper",
        "[deployer().objectId]" => "deployer",
        _ => principal,
    };
}

/// <param name="Who">The service, the topic, what stops the app, whoever deploys, or an object id.</param>
/// <param name="Role">The role's id.</param>
/// <param name="Where">The resource.</param>
internal sealed record Grant(string Who, string Role, string Where);

internal sealed class Resource(JsonObject json)
{
    public JsonObject Json => json;

    public string Id { get; } = (string)json["id"]!;

    public string Type { get; } = (string)json["type"]!;

    public string Name { get; } = (string)json["name"]!;

    public JsonObject Properties => json["properties"]?.AsObject() ?? [];

    public JsonNode? this[string property] => Properties[property];

    public override string ToString() => $"{Type} {Name}";
}

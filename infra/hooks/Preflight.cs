using System.Text.Json;

namespace PerCall.Hooks;

/// <summary>
/// Checks, before anything is created, all that the deployment and the steps after it need, and reports every fault at once.
/// </summary>
internal sealed class Preflight(AzureCli? az, DeploymentValues values)
{
    /// <summary>
    /// Resource providers that are checked. A deployment registers those of its resources by itself if the deployer has rights on the
    /// subscription. It does not register Microsoft.App, which the subnet's delegation names.
    /// </summary>
    private static readonly string[] Providers =
    [
        "Microsoft.App", "Microsoft.EventGrid", "Microsoft.Insights", "Microsoft.KeyVault", "Microsoft.ManagedIdentity",
        "Microsoft.OperationalInsights", "Microsoft.Storage", "Microsoft.Web",
    ];

    private readonly List<string> _missing = [];
    private readonly List<string> _notes = [];

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        if (values["PERCALL_OPERATOR_EMAIL"] is null)
        {
            _missing.Add("No address for alerts is set. Run: azd env set PERCALL_OPERATOR_EMAIL you@example.com");
        }

        if (az is null)
        {
            _missing.Add("The Azure CLI (az) is not installed. A step after the deployment requires it: https://aka.ms/azure-cli");
        }
        else
        {
            await CheckAsync(az);
        }

        if (values["PERCALL_MONTHLY_BUDGET"] is null or "0")
        {
            _notes.Add(
                "No budget will be set. A subscription can have one two days after its creation: azd env set PERCALL_MONTHLY_BUDGET 25");
        }

        foreach (var note in _notes)
        {
            await Console.Out.WriteLineAsync($"Note: {note}");
        }

        foreach (var fault in _missing)
        {
            await Console.Error.WriteLineAsync($"- {fault}");
        }

        return _missing.Count == 0 ? 0 : 1;
    }

    private async Task CheckAsync(AzureCli cli)
    {
        // az installs its own Bicep on first use, unless it is configured not to.
        if (!(await cli.RunAsync("bicep", "version", "--only-show-errors")).Succeeded
            && !(await cli.RunAsync("bicep", "install", "--only-show-errors")).Succeeded)
        {
            _missing.Add("The Azure CLI has no Bicep. Run: az bicep install");
        }

        if (Account(await cli.RunAsync("account", "show", "--output", "json")) is not { } current)
        {
            _missing.Add("The Azure CLI is not signed in. Run: az login");
            return;
        }

        if (values.Subscription is not { } subscription)
        {
            // The first "azd provision" asks for it after this hook.
            _notes.Add(
                $"azd has no subscription yet. The Azure CLI's is {current.Id} of tenant {current.Tenant}; choose one that it can access.");
            return;
        }

        if (Account(await cli.RunAsync("account", "show", "--subscription", subscription, "--output", "json")) is not { } account)
        {
            _missing.Add(
                $"azd deploys to subscription {subscription}, which the Azure CLI cannot access as it is signed in. Run: az login"
                    + (values.Tenant is { } home ? $" --tenant {home}" : ""));
            return;
        }

        if (values.Tenant is { } tenant && !Same(tenant, account.Tenant))
        {
            _missing.Add(
                $"azd deploys to tenant {tenant}, and the Azure CLI is signed in to {account.Tenant}. Run: az login --tenant {tenant}");
            return;
        }

        if (!Same(current.Id, subscription))
        {
            _notes.Add(
                $"The Azure CLI's default subscription is {current.Id}; the deployment uses azd's, {subscription}, in every command.");
        }

        await CheckProvidersAsync(cli, subscription);
        await CheckLocationAsync(cli, subscription);
    }

    private async Task CheckProvidersAsync(AzureCli cli, string subscription)
    {
        var answer = await cli.RunAsync(
            "provider", "list", "--subscription", subscription, "--query", "[?registrationState=='Registered'].namespace",
            "--output", "tsv");
        if (!answer.Succeeded)
        {
            _missing.Add($"The subscription's resource providers cannot be listed: {answer.Errors}");
            return;
        }

        var registered = answer.Output.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var name in Providers.Except(registered, StringComparer.OrdinalIgnoreCase))
        {
            _missing.Add(
                $"The resource provider {name} is not registered. "
                    + $"Run: az provider register --subscription {subscription} --namespace {name} --wait");
        }
    }

    private async Task CheckLocationAsync(AzureCli cli, string subscription)
    {
        if (values.Location is not { } location)
        {
            return;
        }

        List<string> question =
        [
            "functionapp", "list-flexconsumption-locations", "--subscription", subscription, "--query", "[].name", "--output", "tsv",
        ];
        if (values["PERCALL_ZONE_REDUNDANT"] is "true")
        {
            question.AddRange(["--zone-redundant", "true"]);
        }

        var answer = await cli.RunAsync([.. question]);
        var names = answer.Output.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries).Select(Plain).ToList();
        if (!answer.Succeeded || names.Count == 0)
        {
            _notes.Add($"Whether {location} has Flex Consumption could not be checked: {answer.Errors}");
        }
        else if (!names.Contains(Plain(location)))
        {
            _missing.Add(
                $"The region {location} has no Flex Consumption. "
                    + $"Set AZURE_LOCATION (azd env set) to one of: {string.Join(", ", names.Order(StringComparer.Ordinal))}");
        }
    }

    private static string Plain(string location) => location.Replace(" ", "", StringComparison.Ordinal).Trim().ToLowerInvariant();

    private static (string Id, string Tenant)? Account(CommandResult answer)
    {
        if (!answer.Succeeded)
        {
            return null;
        }

        using var account = JsonDocument.Parse(answer.Output);
        return (account.RootElement.GetProperty("id").GetString()!, account.RootElement.GetProperty("tenantId").GetString()!);
    }

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}

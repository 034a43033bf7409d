using System.Text.Json;

namespace PerCall.Hooks;

/// <summary>
/// Checks, before anything is created, all that the deployment and the steps after it need, and reports every fault at once. It works
/// without azd too, as in a pipeline.
/// </summary>
internal sealed class Preflight(Tool? az, DeploymentValues values)
{
    private readonly List<string> _missing = [];
    private readonly List<string> _notes = [];

    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        if (values["PERCALL_OPERATOR_EMAIL"] is null)
        {
            _missing.Add($"No address for alerts is set. {Set("PERCALL_OPERATOR_EMAIL", "you@example.com")}");
        }

        if (values.Subscription is null)
        {
            // "azd up" asks for it before this; a first "azd provision" would ask only after it.
            _missing.Add($"No subscription is set. {Set("AZURE_SUBSCRIPTION_ID", "<id>")}");
        }

        if (az is null)
        {
            _missing.Add("The Azure CLI (az) is not installed. A step after the deployment requires it: https://aka.ms/azure-cli");
        }
        else
        {
            await CheckAsync(az);
        }

        if (!values.HasBudget)
        {
            _notes.Add(
                "No budget will be set. A subscription can have one two days after its creation. "
                    + Set("PERCALL_MONTHLY_BUDGET", "25"));
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

    private string Set(string name, string value) =>
        values.AreOfAzd ? $"Run: azd env set {name} {value}" : $"Set the environment variable {name}={value}";

    private async Task CheckAsync(Tool cli)
    {
        // az installs its own Bicep on first use, unless it is configured not to.
        if (!(await cli.RunAsync("bicep", "version", "--only-show-errors")).Succeeded
            && !(await cli.RunAsync("bicep", "install", "--only-show-errors")).Succeeded)
        {
            _missing.Add("The Azure CLI has no Bicep. Run: az bicep install");
        }

        var tenant = await TenantAsync();
        var login = $"Run: az login{(tenant is null ? "" : $" --tenant {tenant}")}";
        if (Account(await cli.RunAsync("account", "show", "--output", "json")) is not { } current)
        {
            _missing.Add($"The Azure CLI is not signed in. {login}");
            return;
        }

        if (values.Subscription is not { } subscription)
        {
            return;
        }

        var deployment = $"The deployment is for subscription {subscription}{(tenant is null ? "" : $" of tenant {tenant}")}";
        if (Account(await cli.RunAsync("account", "show", "--subscription", subscription, "--output", "json")) is not { } account)
        {
            _missing.Add($"{deployment}. The Azure CLI is signed in to tenant {current.Tenant}, and cannot access it. {login}");
            return;
        }

        if (tenant is not null && !Same(tenant, account.Tenant))
        {
            _missing.Add($"{deployment}, and the Azure CLI is signed in to tenant {account.Tenant}. {login}");
            return;
        }

        if (!Same(current.Id, subscription))
        {
            _notes.Add(
                $"The Azure CLI's default subscription is {current.Id}. The deployment names its own, {subscription}, in every command.");
        }

        await CheckProvidersAsync(cli, subscription);
        await CheckLocationAsync(cli, subscription);
    }

    /// <summary>Without a subscription, azd's token would be for the home of the account, which need not be where it deploys.</summary>
    private async Task<string?> TenantAsync() =>
        (values is { AreOfAzd: true, Subscription: not null } ? await AzdTenant.FindAsync() : null) ?? values.Tenant;

    private async Task CheckProvidersAsync(Tool cli, string subscription)
    {
        var answer = await cli.RunAsync(
            "provider", "list", "--subscription", subscription, "--query", "[?registrationState=='Registered'].namespace",
            "--output", "tsv");
        if (!answer.Succeeded)
        {
            // Whoever may deploy into the group alone may not list them, and needs nothing of it if they are registered.
            _notes.Add($"Whether the resource providers are registered could not be checked: {answer.Errors}");
            return;
        }

        foreach (var name in ResourceProviders.NeededFor(values).Except(answer.Lines, StringComparer.OrdinalIgnoreCase))
        {
            _missing.Add(
                $"The resource provider {name} is not registered. "
                    + $"Run: az provider register --subscription {subscription} --namespace {name} --wait");
        }
    }

    private async Task CheckLocationAsync(Tool cli, string subscription)
    {
        if (values.Location is not { } location || !values.AreForFunctions)
        {
            return;
        }

        List<string> question =
        [
            "functionapp", "list-flexconsumption-locations", "--subscription", subscription, "--query", "[].name", "--output", "tsv",
        ];
        if (values.IsOn("PERCALL_ZONE_REDUNDANT"))
        {
            question.AddRange(["--zone-redundant", "true"]);
        }

        var answer = await cli.RunAsync([.. question]);
        var names = answer.Lines.Select(Plain).ToList();
        if (!answer.Succeeded || names.Count == 0)
        {
            _notes.Add($"Whether {location} has Flex Consumption could not be checked: {answer.Errors}");
        }
        else if (!names.Contains(Plain(location)))
        {
            _missing.Add(
                $"The region {location} has no Flex Consumption. "
                    + $"Set AZURE_LOCATION to one of: {string.Join(", ", names.Order(StringComparer.Ordinal))}");
        }
    }

    private static string Plain(string location) => location.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

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

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace PerCall.LargeModels.Routes;

/// <summary>
/// Binds the section, and reports all its faults, each by the setting's name. Messages never contain a key or an address.
/// </summary>
internal sealed class LargeModelOptionsSetup(IConfiguration configuration)
    : IConfigureOptions<LargeModelOptions>, IValidateOptions<LargeModelOptions>
{
    public void Configure(LargeModelOptions options)
    {
        var section = configuration.GetSection(LargeModelOptions.Section);
        // Binding adds to lists. Registered twice, this would name each deployment twice.
        options.Models.Clear();
        // Without the values that cannot be bound: validation reports them together with all other faults.
        var invalid = SettingsShape.Faults(section, typeof(LargeModelOptions)).Select(f => f.Path)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        if (invalid.Count == 0)
        {
            section.Bind(options);
            return;
        }

        new ConfigurationBuilder().AddInMemoryCollection(section.AsEnumerable().Where(s => !invalid.Contains(s.Key))).Build()
            .GetSection(LargeModelOptions.Section).Bind(options);
    }

    public ValidateOptionsResult Validate(string? name, LargeModelOptions options)
    {
        string[] faults =
        [
            .. SettingsShape.Faults(configuration.GetSection(LargeModelOptions.Section), typeof(LargeModelOptions))
                .Select(f => f.Fault).OfType<string>(),
            .. options.Models.SelectMany(m => ModelFaults($"{LargeModelOptions.Section}:Models:{m.Key}", m.Key, m.Value)),
            .. DuplicateFaults(options),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> DuplicateFaults(LargeModelOptions options) => options.Models
        .GroupBy(m => NameOf(m.Key, m.Value), StringComparer.OrdinalIgnoreCase)
        .Where(g => g.Count() > 1)
        .Select(
            g =>
                $"{LargeModelOptions.Section}:Models: {string.Join(" and ", g.Select(m => m.Key))} have the same name '{g.Key}'; "
                    + "names must differ in more than case.");

    private static IEnumerable<string> ModelFaults(string path, string key, ModelRouteOptions model)
    {
        var name = NameOf(key, model);
        if (!RouteNames.IsModel(name))
        {
            yield return $"{path} has the name '{name}'; allowed: {RouteNames.ModelRule}.";
        }

        if (Unknown(model.Tokenizer, RouteNames.Tokenizers.Keys))
        {
            yield return $"{path}:Tokenizer is '{model.Tokenizer}'; allowed: {string.Join(", ", RouteNames.Tokenizers.Keys)}.";
        }

        if (Unknown(model.OutputField, RouteNames.OutputFields))
        {
            yield return $"{path}:OutputField is '{model.OutputField}'; allowed: {string.Join(", ", RouteNames.OutputFields)}.";
        }

        foreach (var endpoint in RouteNames.Split(model.Endpoints ?? "").Where(e => Unknown(e, RouteNames.Endpoints.Keys)))
        {
            yield return $"{path}:Endpoints contains '{endpoint}'; allowed: {string.Join(", ", RouteNames.Endpoints.Keys)}.";
        }

        var context = model.ContextTokens ?? KnownModels.Find([name, .. model.Deployments.Select(d => d.Deployment ?? "")]).ContextTokens;
        if (model.MaxOutputTokens > context)
        {
            yield return $"{path}:MaxOutputTokens is {model.MaxOutputTokens}; allowed: at most ContextTokens, which is {context}.";
        }

        if (model.Deployments.Count == 0)
        {
            yield return $"{path}:Deployments is empty; at least one deployment with an Endpoint is required.";
        }

        foreach (var fault in model.Deployments.SelectMany((d, i) => DeploymentFaults($"{path}:Deployments:{i}", d)))
        {
            yield return fault;
        }
    }

    private static IEnumerable<string> DeploymentFaults(string path, DeploymentOptions deployment)
    {
        var isKnownKind = !Unknown(deployment.Kind, RouteNames.Kinds.Keys);
        if (!isKnownKind)
        {
            yield return $"{path}:Kind is '{deployment.Kind}'; allowed: {string.Join(", ", RouteNames.Kinds.Keys)}.";
        }

        if (deployment.ApiKey?.TrimStart().StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase) ?? false)
        {
            yield return $"{path}:ApiKey is an unresolved Key Vault reference. Check that the secret exists and that the application's "
                + "identity can read it.";
        }
        else if (deployment.ApiKey?.Any(c => c is < '!' or > '~') ?? false)
        {
            yield return $"{path}:ApiKey contains a character that a header cannot carry; allowed: visible ASCII characters.";
        }

        if (DeploymentAddress.Parse(deployment.Endpoint) is not { } address)
        {
            yield return $"{path}:Endpoint is not an address; allowed: an absolute http or https address without user, query and fragment.";
            yield break;
        }

        var kind = string.IsNullOrEmpty(deployment.Kind) || !isKnownKind
            ? DeploymentAddress.KindOf(address) : RouteNames.Kinds[deployment.Kind];
        if (address.Scheme == "http" && !address.IsLoopback
            && (kind != DeploymentKind.OpenAi || !string.IsNullOrEmpty(deployment.ApiKey)))
        {
            yield return $"{path}:Endpoint would send a key or a token without encryption; allowed: https, or http on the same machine.";
        }

        else if (address.Scheme == "http" && kind == DeploymentKind.AzureV1 && string.IsNullOrEmpty(deployment.ApiKey))
        {
            yield return $"{path}:Endpoint is an http address; allowed with Kind azure-v1 and without ApiKey: https.";
        }

        if (kind != DeploymentKind.Azure && !string.IsNullOrEmpty(deployment.ApiVersion))
        {
            yield return $"{path}:ApiVersion is set; allowed: only with Kind azure.";
        }
        else if (deployment.ApiVersion?.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.')) ?? false)
        {
            yield return $"{path}:ApiVersion is '{deployment.ApiVersion}'; allowed: letters, digits, dashes and dots.";
        }
    }

    private static string NameOf(string key, ModelRouteOptions model) => string.IsNullOrEmpty(model.Name) ? key : model.Name;

    private static bool Unknown(string? value, IEnumerable<string> allowed) =>
        !string.IsNullOrEmpty(value) && !allowed.Contains(value, StringComparer.OrdinalIgnoreCase);
}

using System.Globalization;
using Microsoft.Extensions.Options;

namespace PerCall.LargeModels.Routes;

/// <summary>The configured large models.</summary>
public sealed class LargeModelRoutes
{
    private readonly Dictionary<string, LargeModelRoute> _byName;

    /// <param name="options">Valid settings.</param>
    /// <param name="time">Its present time becomes the models' <c>created</c>.</param>
    public LargeModelRoutes(IOptions<LargeModelOptions> options, TimeProvider time)
    {
        var created = time.GetUtcNow();
        All = [.. options.Value.Models.Select(m => Route(string.IsNullOrEmpty(m.Value.Name) ? m.Key : m.Value.Name, m.Value, created))
            .OrderBy(r => r.Model, StringComparer.Ordinal)];
        _byName = All.ToDictionary(r => r.Model, StringComparer.Ordinal);
    }

    /// <summary>All models, ordered by name.</summary>
    public IReadOnlyList<LargeModelRoute> All { get; }

    public bool IsEmpty => All.Count == 0;

    /// <summary>Returns the model of that name, in that case; null: no such model.</summary>
    public LargeModelRoute? Find(string model) => _byName.GetValueOrDefault(model);

    private static LargeModelRoute Route(string name, ModelRouteOptions options, DateTimeOffset created)
    {
        var deployments = options.Deployments.Select((d, i) => Deployment(name, i, d)).ToArray();
        var known = KnownModels.Find([name, .. deployments.Select(d => d.Target)]);
        var context = options.ContextTokens ?? known.ContextTokens;
        var tokenizer = string.IsNullOrEmpty(options.Tokenizer) ? known.Tokenizer : RouteNames.Tokenizers[options.Tokenizer];
        return new()
        {
            Model = name,
            Deployments = deployments,
            Endpoints = string.IsNullOrEmpty(options.Endpoints) ? known.Endpoints
                : [.. RouteNames.Split(options.Endpoints).Select(e => RouteNames.Endpoints[e]).Distinct()],
            Tokenizer = tokenizer,
            ContextTokens = context,
            MaxOutputTokens = options.MaxOutputTokens ?? Math.Min(known.MaxOutputTokens, context),
            OutputField = string.IsNullOrEmpty(options.OutputField) ? OutputField(deployments[0], known)
                : RouteNames.OutputFields.First(f => f.Equals(options.OutputField, StringComparison.OrdinalIgnoreCase)),
            Created = created,
        };
    }

    private static Deployment Deployment(string model, int index, DeploymentOptions options)
    {
        var endpoint = DeploymentAddress.Parse(options.Endpoint)!;
        var kind = string.IsNullOrEmpty(options.Kind) ? DeploymentAddress.KindOf(endpoint) : RouteNames.Kinds[options.Kind];
        return new()
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{model}/{index}"),
            Kind = kind,
            Endpoint = kind == DeploymentKind.AzureV1 ? DeploymentAddress.WithV1(endpoint) : endpoint,
            Target = string.IsNullOrEmpty(options.Deployment) ? model : options.Deployment,
            ApiKey = string.IsNullOrEmpty(options.ApiKey) ? null : options.ApiKey,
            ApiVersion = string.IsNullOrEmpty(options.ApiVersion) ? null : options.ApiVersion,
            Weight = options.Weight,
            ConcurrentCalls = options.ConcurrentCalls,
            Prices = options.Prices is { } p ? new(p.In, p.CachedIn ?? p.In, p.Out, p.AudioMinute) : null,
        };
    }

    private static string OutputField(Deployment first, KnownModel known) =>
        (first.Kind != DeploymentKind.OpenAi || DeploymentAddress.IsOpenAi(first.Endpoint)) && known.Tokenizer != TokenizerKind.Cl100kBase
            ? RouteNames.OutputFields[0]
            : RouteNames.OutputFields[1];
}

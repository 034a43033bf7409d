using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Functions.Routes;

/// <summary>An HTTP function as its attributes declare it.</summary>
/// <param name="Name">The function's name.</param>
/// <param name="Template">The route, without a leading slash.</param>
/// <param name="Methods">HTTP methods in upper case; empty means all methods.</param>
/// <param name="Method">The .NET method of the function.</param>
public sealed record FunctionRoute(string Name, string Template, IReadOnlyList<string> Methods, MethodInfo Method)
{
    private static readonly string[] TenantsPaths = ["v1/", "v2/models/", "models/", "pipeline/"];

    // Needed only when a path matches no function, so it is not created at every start.
    private readonly Lazy<TemplateMatcher> _matcher = new(() => new(TemplateParser.Parse(Template), []));

    /// <summary>Whether it handles every path that no other function handles.</summary>
    public bool IsFallback => Template.Contains("{*", StringComparison.Ordinal);

    /// <summary>
    /// Whether the route is an operator route. The declared route decides this, not the requested path, because paths match without regard
    /// to case.
    /// </summary>
    public bool IsManagement => Template.StartsWith("manage/", StringComparison.Ordinal);

    /// <summary>Whether the route is a tenant route, which requires a tenant's key.</summary>
    public bool IsTenants { get; } = TenantsPaths.Any(p => Template.StartsWith(p, StringComparison.Ordinal));

    /// <summary>The roles of an operator's key that open this function, if it is an operator route. Any of them is enough.</summary>
    public OperatorRoles OperatorRoles { get; } = OperatorRoles.Manage
        | (Methods is ["GET"] ? OperatorRoles.Read : OperatorRoles.None)
        | (Method.IsDefined(typeof(AllowsMoneyAttribute)) ? OperatorRoles.Money : OperatorRoles.None);

    /// <summary>Whether OpenAI's clients call this function.</summary>
    public bool IsOpenAi { get; } = Method.IsDefined(typeof(OpenAiDialectAttribute));

    /// <summary>Whether the function belongs to the Open Inference Protocol.</summary>
    public bool IsOpenInference { get; } = Method.IsDefined(typeof(OpenInferenceAttribute));

    /// <summary>Whether Hugging Face's clients call this function.</summary>
    public bool IsHuggingFace { get; } = Method.IsDefined(typeof(HuggingFaceAttribute));

    /// <summary>Whether a large model generates the answers.</summary>
    public bool IsAiGenerated { get; } = Method.IsDefined(typeof(AiGeneratedAttribute));

    /// <summary>Whether the body may take as long to arrive as the function may run.</summary>
    public bool HasLongBody { get; } = Method.IsDefined(typeof(LongBodyAttribute));

    /// <summary>Whether an error has the fields that OpenAI's clients expect. This is so for all paths under their base URL.</summary>
    /// <param name="path">The requested path, for a path without a function.</param>
    public bool RefusesAsOpenAi(PathString path) =>
        (IsTenants && !IsOpenInference && !IsHuggingFace) || (IsFallback && path.StartsWithSegments("/v1"));

    /// <summary>Whether an error has the form of the Open Inference Protocol. This is so for all paths under <c>/v2</c>.</summary>
    /// <param name="path">The requested path, for a path without a function.</param>
    public bool RefusesAsOpenInference(PathString path) => IsOpenInference || (IsFallback && path.StartsWithSegments("/v2"));

    /// <summary>
    /// Whether an error has the form that Hugging Face's clients expect. This is so for all paths under <c>/models</c> and
    /// <c>/pipeline</c>.
    /// </summary>
    /// <param name="path">The requested path, for a path without a function.</param>
    public bool RefusesAsHuggingFace(PathString path) =>
        IsHuggingFace || (IsFallback && (path.StartsWithSegments("/models") || path.StartsWithSegments("/pipeline")));

    public bool Matches(PathString path) => _matcher.Value.TryMatch(path, []);
}

/// <summary>The service's route table, read from the functions.</summary>
public sealed class FunctionRoutes(IReadOnlyList<FunctionRoute> all)
{
    private readonly Dictionary<string, FunctionRoute> _byName = all.ToDictionary(r => r.Name, StringComparer.Ordinal);

    public IReadOnlyList<FunctionRoute> All => all;

    public static FunctionRoutes Discover() => new([
        .. from type in typeof(FunctionRoutes).Assembly.GetExportedTypes()
           from method in type.GetMethods()
           let function = method.GetCustomAttribute<FunctionAttribute>()
           where function is not null
           let trigger = method.GetParameters().Select(p => p.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(t => t is not null)
           where trigger is not null
           select new FunctionRoute(
               function.Name, trigger.Route ?? function.Name, [.. (trigger.Methods ?? []).Select(m => m.ToUpperInvariant())], method)]);

    public FunctionRoute? Find(string function) => _byName.GetValueOrDefault(function);
}

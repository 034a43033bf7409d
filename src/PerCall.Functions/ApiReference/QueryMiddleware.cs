using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.ApiReference;

/// <summary>
/// Rejects query parameters that the function does not declare. Otherwise a misspelt parameter would be ignored silently.
/// </summary>
public sealed class QueryMiddleware(FunctionRoutes routes) : IFunctionsWorkerMiddleware
{
    /// <summary>Azure OpenAI's clients send this parameter with every call.</summary>
    private const string OpenAiVersion = "api-version";

    private readonly FrozenDictionary<string, string[]> _known = routes.All.Where(r => !r.IsFallback).ToFrozenDictionary(
        r => r.Name, r => r.Method.GetCustomAttributes<QueryAttribute>().Select(q => q.Name).ToArray(), StringComparer.Ordinal);

    private readonly FrozenSet<string> _openAi = routes.All.Where(r => r.IsOpenAi).Select(r => r.Name).ToFrozenSet(StringComparer.Ordinal);

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        var function = context.FunctionDefinition.Name;
        if (context.GetHttpContext() is { Request: { QueryString.HasValue: true } request } && _known.TryGetValue(function, out var known))
        {
            Check(request, known, _openAi.Contains(function));
        }

        return next(context);
    }

    private static void Check(HttpRequest request, string[] known, bool openAi)
    {
        foreach (var name in request.Query.Keys)
        {
            var isOpenAis = openAi && name.Equals(OpenAiVersion, StringComparison.OrdinalIgnoreCase);
            if (!isOpenAis && !known.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                var names = known.Length == 0 ? "none" : string.Join(", ", known);
                throw RefusedException.BadRequest(
                    "unknown_parameter",
                    $"Unknown query parameter '{Page.Short(name)}'; allowed: {names}.",
                    Page.Short(name));
            }
        }
    }
}

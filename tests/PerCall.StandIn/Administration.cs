using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn;

/// <summary>
/// The addresses of the tests: <c>/_health</c>, <c>/_emitted</c>, <c>/_emitted/{id}</c> and <c>/_deployments/{name}</c>.
/// </summary>
internal sealed class Administration(ConcurrentDictionary<string, Script> deployments, Emissions emissions)
{
    private const string Emitted = "/_emitted";
    private const string Deployment = "/_deployments/";

    public async Task AnswerAsync(HttpContext context, string path)
    {
        switch (context.Request.Method, path)
        {
            case ("GET", "/_health"):
                await context.Response.WriteAsync("ok");
                break;
            case ("DELETE", Emitted):
                emissions.Clear();
                break;
            case ("GET", Emitted):
                await WriteAsync(context, new()
                {
                    ["calls"] = emissions.Calls,
                    ["running"] = emissions.Running,
                    ["data"] = new JsonArray([.. emissions.All.Select(Json)]),
                });
                break;
            case ("GET", _) when path.StartsWith(Emitted + "/", StringComparison.Ordinal):
                var id = path[(Emitted.Length + 1)..];
                await WriteAsync(context, new() { ["id"] = id, ["data"] = new JsonArray([.. emissions.Of(id).Select(Json)]) });
                break;
            case ("PUT", _) when path.StartsWith(Deployment, StringComparison.Ordinal):
                await BreakAsync(context, path[Deployment.Length..]);
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }

    private async Task BreakAsync(HttpContext context, string name)
    {
        using var reader = new StreamReader(context.Request.Body);
        try
        {
            deployments[name] = Script.Parse(await reader.ReadToEndAsync(context.RequestAborted));
        }
        catch (FormatException e)
        {
            context.Response.StatusCode = 400;
            await context.Response.WriteAsync(e.Message);
        }
    }

    private static JsonNode Json(Emission emission) => new JsonObject
    {
        ["id"] = emission.Id,
        ["path"] = emission.Path,
        ["deployment"] = emission.Deployment,
        ["status"] = emission.Status,
        ["in"] = emission.In,
        ["cached"] = emission.CachedIn,
        ["out"] = emission.Out,
        ["complete"] = emission.Complete,
        ["billed"] = emission.Billed,
        ["began_at"] = emission.Began,
        ["closed_at"] = emission.ClosedAt,
    };

    private static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString(JsonSerializerOptions.Web));
    }
}

using System.Text.Json.Nodes;

namespace PerCall.StandIn.Answers;

/// <summary>The models that the provider lists.</summary>
internal static class ModelAnswers
{
    public static Task WriteAsync(HttpContext context, string path, IReadOnlyList<string> names)
    {
        const string Mark = "/models/";
        var at = path.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0)
        {
            return WriteAsync(context, new() { ["object"] = "list", ["data"] = new JsonArray([.. names.Select(Model)]) });
        }

        var name = path[(at + Mark.Length)..];
        return names.Contains(name)
            ? WriteAsync(context, Model(name))
            : Errors.WriteUnknownAsync(context, azure: false, name);
    }

    private static JsonObject Model(string name) =>
        new() { ["id"] = name, ["object"] = "model", ["created"] = Ids.Created, ["owned_by"] = "stand-in" };

    private static Task WriteAsync(HttpContext context, JsonObject body)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}

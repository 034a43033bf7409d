using System.Text.Json.Nodes;
using PerCall.StandIn.Scripts;

namespace PerCall.StandIn;

/// <summary>Errors in the shapes of Azure OpenAI and of OpenAI.</summary>
internal static class Errors
{
    /// <summary>The error that an answer with status 200 contains.</summary>
    public const string Inside =
        """{"error":{"message":"The server had an error while processing your request.","type":"server_error","param":null,"code":null}}""";

    public static Task WriteAsync(
        HttpContext context, bool azure, int status, string? code, string message, string? type = "invalid_request_error",
        string? param = null)
    {
        var error = azure
            ? new JsonObject { ["code"] = code ?? $"{status}", ["message"] = message }
            : new JsonObject { ["message"] = message, ["type"] = type, ["param"] = param, ["code"] = code };
        return WriteBodyAsync(context, status, new JsonObject { ["error"] = error });
    }

    public static Task WriteKeyAsync(HttpContext context, bool azure) => azure
        ? WriteAsync(
            context, azure, 401, "401",
            "Access denied due to invalid subscription key or wrong API endpoint.")
        : WriteAsync(context, azure, 401, "invalid_api_key", "Incorrect API key provided.");

    public static Task WriteUnknownAsync(HttpContext context, bool azure, string deployment) => azure
        ? WriteAsync(context, azure, 404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        : WriteAsync(context, azure, 404, "model_not_found", $"The model '{deployment}' does not exist.", param: "model");

    /// <summary>Writes the error that the script asks for by its status.</summary>
    public static Task WriteScriptedAsync(HttpContext context, bool azure, Script script, int status)
    {
        foreach (var header in (string[])["retry-after", "retry-after-ms"])
        {
            if (script.Text(header) is { } time)
            {
                context.Response.Headers[header] = time;
            }
        }

        if (script.Text("body") == "html")
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<html><head><title>Bad gateway</title></head><body>nginx</body></html>");
        }

        return (status, azure) switch
        {
            (429, true) => WriteAsync(context, azure, 429, "429",
                "Requests to the ChatCompletions_Create Operation have exceeded call rate limit of your current OpenAI pricing tier."),
            (429, _) => WriteAsync(context, azure, 429, "rate_limit_exceeded", "Rate limit reached for requests.", "requests"),
            (400, _) => WriteBodyAsync(context, 400, new()
            {
                ["error"] = new JsonObject
                {
                    ["message"] = "Unsupported value: 'temperature' does not support 3 with this model.",
                    ["type"] = "invalid_request_error",
                    ["param"] = "temperature",
                    ["code"] = "unsupported_value",
                },
            }),
            (401, _) => WriteKeyAsync(context, azure),
            (404, _) => WriteUnknownAsync(context, azure, "scripted"),
            _ => WriteAsync(
                context, azure, status, azure ? "InternalServerError" : null,
                "The server had an error while processing your request. Sorry about that!", "server_error"),
        };
    }

    /// <summary>Writes Azure's refusal of a prompt by its content filter.</summary>
    public static Task WriteFilteredAsync(HttpContext context)
    {
        var filtered = new JsonObject { ["filtered"] = true, ["severity"] = "high" };
        return WriteBodyAsync(context, 400, new()
        {
            ["error"] = new JsonObject
            {
                ["message"] = "The response was filtered due to the prompt triggering the content management policy.",
                ["type"] = null,
                ["param"] = "prompt",
                ["code"] = "content_filter",
                ["status"] = 400,
                ["innererror"] = new JsonObject
                {
                    ["code"] = "ResponsibleAIPolicyViolation",
                    ["content_filter_result"] = new JsonObject { ["violence"] = filtered },
                },
            },
        });
    }

    private static Task WriteBodyAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(body.ToJsonString());
    }
}

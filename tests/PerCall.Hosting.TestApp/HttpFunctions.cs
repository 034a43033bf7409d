using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace PerCall.Hosting.TestApp;

public sealed class HttpFunctions
{
    [Function("echo")]
    public static IResult Echo(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "echo/{name}/{count:int}")] HttpRequest request, string name, int count) =>
        Results.Json(new { name, count, method = request.Method });

    [Function("anything")]
    public static IResult Anything([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request, string? path) =>
        Results.Text($"anything {request.Method} {path}", statusCode: 404);
}

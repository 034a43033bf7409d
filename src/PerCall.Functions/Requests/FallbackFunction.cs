using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Requests;

/// <summary>
/// Redirects the root to the API's pages, and handles every request that no other function handles, so that a wrong path or method
/// returns an error in the same form as all others.
/// </summary>
public sealed class FallbackFunction(FunctionRoutes routes)
{
    /// <remarks>
    /// A Functions host goes through the functions by name, without regard to case, and takes the first whose route matches. This function
    /// therefore has to be the last.
    /// </remarks>
    [Function("ZFallback")]
    public Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "{*path}")] HttpRequest request)
    {
        if (request.Path == "/" && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)))
        {
            return Task.FromResult<IResult>(TypedResults.Redirect("/docs"));
        }

        var methods = routes.All.Where(
            r => !r.IsFallback && r.Matches(request.Path)).SelectMany(r => r.Methods).Distinct().Order(StringComparer.Ordinal).ToList();
        throw methods.Count > 0
            ? new RefusedException(
                StatusCodes.Status405MethodNotAllowed, "method_not_allowed",
                $"{request.Method} is not allowed on this path; allowed: {string.Join(", ", methods)}.")
            {
                Headers = new Dictionary<string, string> { ["Allow"] = string.Join(", ", methods) },
            }
            : new RefusedException(StatusCodes.Status404NotFound, "path_not_found", "Path not found; /docs lists all paths.");
    }
}

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;

namespace PerCall.Functions.Tests.Requests;

/// <summary>Middleware as the service has it.</summary>
internal static class Middlewares
{
    /// <summary>What turns refusals into answers.</summary>
    public static RequestMiddleware Outer(FunctionRoutes routes)
    {
        var options = Options.Create(new RequestOptions());
        return new(routes, new BodyBudget(options), options, NullLogger<RequestMiddleware>.Instance);
    }
}

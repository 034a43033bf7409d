using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace PerCall.Hosting.TestApp;

internal abstract class OrderMiddleware(string name) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.FunctionDefinition.Name != "order" || context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        if (http.Request.Query["stop"] == name)
        {
            http.Response.StatusCode = StatusCodes.Status418ImATeapot;
            await http.Response.WriteAsync($"stopped by {name}");
            return;
        }

        http.Response.Headers.Append("x-order", $"{name} before");
        await next(context);
        if (!http.Response.HasStarted)
        {
            http.Response.Headers.Append("x-order", $"{name} after");
        }
    }
}

internal sealed class OuterMiddleware() : OrderMiddleware("outer");

internal sealed class InnerMiddleware() : OrderMiddleware("inner");

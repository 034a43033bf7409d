using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using PerCall.Functions.Budget;
using PerCall.Functions.Requests;
using PerCall.Functions.Routes;
using PerCall.Functions.Tenancy;

namespace PerCall.Functions.Metering;

/// <summary>Attaches a metered call to each tenant request, and writes the cost headers of its answer.</summary>
public sealed class MeteringMiddleware(FunctionRoutes routes, Allowances allowances, Charges charges) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http || routes.Find(context.FunctionDefinition.Name) is not { IsTenants: true })
        {
            await next(context);
            return;
        }

        var call = new MeteredCall(ServerTiming.Of(http), Caller.Of(http), allowances, charges);
        call.AttachTo(http);
        http.Response.OnStarting(() =>
        {
            // Another middleware may have replaced the call with one that stores its answer.
            MeteredCall.Of(http).WriteCostHeaders(http.Response);
            return Task.CompletedTask;
        });
        try
        {
            await next(context);
        }
        finally
        {
            MeteredCall.Of(http).ReleaseReservation();
        }
    }
}

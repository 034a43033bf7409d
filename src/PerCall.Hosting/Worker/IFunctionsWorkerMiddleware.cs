namespace Microsoft.Azure.Functions.Worker.Middleware;

/// <summary>Wraps every invocation. One instance serves all of them; the first registered is the outermost.</summary>
public interface IFunctionsWorkerMiddleware
{
    /// <summary>Runs around the function. An <c>IResult</c> the function returns is executed after the outermost middleware has returned.</summary>
#pragma warning disable CA1716 // the worker's own parameter name
    Task Invoke(FunctionContext context, FunctionExecutionDelegate next);
#pragma warning restore CA1716
}

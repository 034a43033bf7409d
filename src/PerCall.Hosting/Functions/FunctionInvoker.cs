using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using PerCall.Hosting.Configuration;
using PerCall.Hosting.Lifetime;

namespace PerCall.Hosting.Functions;

/// <summary>Runs functions inside their middleware, within the function timeout and the grace period of a shutdown.</summary>
internal sealed partial class FunctionInvoker(
    MiddlewareList middleware,
    HostJson hostJson,
    HostingOptions options,
    GracePeriod grace,
    TimeProvider time,
    ILogger<FunctionInvoker> logger)
{
    private readonly ConcurrentDictionary<FunctionDescriptor, FunctionExecutionDelegate> _pipelines = new();

    /// <summary>
    /// Runs the function, then <paramref name="finish"/>, and returns when both have completed or have to be abandoned. When the function
    /// has really ended, <paramref name="ended"/> frees its resources.
    /// </summary>
    /// <exception cref="FunctionTimeoutException">functionTimeout of host.json was reached.</exception>
    /// <exception cref="OperationCanceledException">
    /// The grace period ended, or <paramref name="outer"/> was cancelled and the function obeyed.
    /// </exception>
    public async Task InvokeAsync(
        InvocationContext context, Func<InvocationContext, Task>? finish, CancellationToken outer, Func<ValueTask>? ended = null)
    {
        using var timeout = new CancellationTokenSource(hostJson.FunctionTimeout, time);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(outer, grace.Cancelling, timeout.Token);
        context.SetCancellation(cancellation.Token);

        var run = RunAsync(context, finish, ended);
        using var wakeUp = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, grace.Abandoning);
        await run.WaitAsync(wakeUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!run.IsCompleted && !grace.Abandoning.IsCancellationRequested)
        {
            await run.WaitAsync(options.CancellationPeriod, time, grace.Abandoning).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!run.IsCompleted)
        {
            LogAbandoned(context.Function.Name, context.InvocationId);
            _ = run.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        if (timeout.IsCancellationRequested && !run.IsCompletedSuccessfully)
        {
            throw new FunctionTimeoutException(context.Function.Name, hostJson.FunctionTimeout);
        }

        if (!run.IsCompleted)
        {
            throw new OperationCanceledException("The grace period of the shutdown is over.", grace.Abandoning);
        }

        await run;
    }

    private async Task RunAsync(InvocationContext context, Func<InvocationContext, Task>? finish, Func<ValueTask>? ended)
    {
        try
        {
            await _pipelines.GetOrAdd(context.Function, BuildPipeline)(context);
            if (finish is not null)
            {
                await finish(context);
            }
        }
        finally
        {
            if (ended is not null)
            {
                await ended();
            }
        }
    }

    private FunctionExecutionDelegate BuildPipeline(FunctionDescriptor function)
    {
        var method = new FunctionMethod(function);
        FunctionExecutionDelegate pipeline = context => method.InvokeAsync((InvocationContext)context);
        return middleware.Reverse().Aggregate(pipeline, (next, wrap) => wrap(next));
    }

    [LoggerMessage(LogLevel.Warning, "Function {Function} ({InvocationId}) did not end after cancellation and was abandoned.")]
    private partial void LogAbandoned(string function, string invocationId);
}

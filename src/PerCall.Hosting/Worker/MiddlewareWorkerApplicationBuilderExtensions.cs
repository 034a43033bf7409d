using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Registration of worker middleware.</summary>
public static class MiddlewareWorkerApplicationBuilderExtensions
{
    /// <summary>Wraps every invocation in <typeparamref name="T"/>, inside the middleware registered before it.</summary>
    public static FunctionsApplicationBuilder UseMiddleware<T>(this FunctionsApplicationBuilder builder)
        where T : class, IFunctionsWorkerMiddleware
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<T>();
        builder.Middleware.Add(next => context => context.InstanceServices.GetRequiredService<T>().Invoke(context, next));
        return builder;
    }
}

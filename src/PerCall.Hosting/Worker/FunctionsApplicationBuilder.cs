using Microsoft.AspNetCore.Builder;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PerCall.Hosting;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Settings, services and middleware of a function app.</summary>
public sealed class FunctionsApplicationBuilder : IHostApplicationBuilder
{
    private readonly List<string> _faults = [];
    private readonly WebApplicationBuilder _web;

    internal FunctionsApplicationBuilder(string[] args) => _web = HostComposition.CreateWebBuilder(args, _faults);

    internal bool ServesHttp { get; set; }

    internal List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> Middleware { get; } = [];

    public IConfigurationManager Configuration => _web.Configuration;

    public IHostEnvironment Environment => _web.Environment;

    public ILoggingBuilder Logging => _web.Logging;

    public IMetricsBuilder Metrics => _web.Metrics;

    public IServiceCollection Services => _web.Services;

    IDictionary<object, object> IHostApplicationBuilder.Properties => ((IHostApplicationBuilder)_web).Properties;

    void IHostApplicationBuilder.ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure) =>
        ((IHostApplicationBuilder)_web).ConfigureContainer(factory, configure);

    /// <summary>
    /// The application, ready to run. What is wrong with its functions or settings is reported by its start: all of it at once, on the
    /// error output, with exit code 1.
    /// </summary>
    public IHost Build() => HostComposition.Build(_web, Middleware, ServesHttp, _faults);
}

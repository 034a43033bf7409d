using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace PerCall.Functions.Tests.Webhooks;

/// <summary>An environment by its name.</summary>
internal sealed class HostedIn(string environment) : IHostEnvironment
{
    public string EnvironmentName { get; set; } = environment;

    public string ApplicationName { get; set; } = "tests";

    public string ContentRootPath { get; set; } = "/";

    public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
}

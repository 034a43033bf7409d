using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace PerCall.Functions.Tests.Startup;

public sealed class RegistrationTests
{
    /// <summary>Classes that the container constructs name their parts by the types that are registered.</summary>
    [Fact]
    public void AddPerCall_OfAllSlices_RegistersEveryPartThatAnotherTakes()
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });

        builder.AddPerCall();

        // Throws an exception with every service that cannot be constructed.
        using var services = builder.Services.BuildServiceProvider(
            new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        Assert.NotEmpty(services.GetServices<IHostEnvironment>());
    }
}

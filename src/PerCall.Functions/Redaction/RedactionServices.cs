using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Inference.Redaction;

namespace PerCall.Functions.Redaction;

/// <summary>Registers the redaction of texts. A registered <see cref="INameTagger"/> adds the kind <c>name</c>.</summary>
public static class RedactionServices
{
    public static void AddRedaction(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RedactionOptions>()
            .BindConfiguration(RedactionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton(s => new Redactor(s.GetService<INameTagger>()));
        builder.Services.AddSingleton<RedactRequestReader>();
        builder.Services.AddSingleton(RedactionOperations.Redact);
    }
}

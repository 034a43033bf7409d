using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PerCall.Hosting;
using PerCall.Hosting.TestApp;

var builder = LocalFunctionsApplication.CreateBuilder(args);
builder.UseMiddleware<OuterMiddleware>();
builder.UseMiddleware<InnerMiddleware>();
if (builder.Configuration["MaxBody"] is { } maxBody)
{
    builder.Services.Configure<KestrelServerOptions>(
        kestrel => kestrel.Limits.MaxRequestBodySize = long.Parse(maxBody, CultureInfo.InvariantCulture));
}

builder.Build().Run();
